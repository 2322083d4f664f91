// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {EpochClock} from "./EpochClock.sol";
import {EpochHistory} from "./EpochHistory.sol";
import {pageEnd, requireUrl} from "./Limits.sol";
import {ValidatorView} from "./Types.sol";

/// @title Who audits: operators, their signer keys, their seed chains
/// @notice An operator address is the validator's identity for ever; it acts for itself only. Whatever changes takes effect
/// two epochs later, and what is in effect is readable for every past epoch. Retirement is final.
/// Stakes are not kept here: a later contract can hold them by operator address and read these views.
abstract contract Validators is EpochClock {
    using EpochHistory for EpochHistory.Trace;

    struct ValidatorVersion {
        address signer;
        bool active;
        string url;
    }

    struct Validator {
        EpochHistory.Trace history;
        mapping(uint256 index => ValidatorVersion) versions;
        EpochHistory.Trace seedHistory;
        mapping(uint256 index => bytes32) seedTips;
    }

    mapping(address operator => Validator) private _validators;
    /// @dev A signer belongs to the first operator that named it, for ever: a signature names one validator at all times.
    mapping(address signer => address operator) private _operatorOf;
    address[] private _operators;
    Checkpoints.Trace208 private _activeCounts;

    event ValidatorRegistered(
        address indexed operator, address indexed signer, bytes32 seedTip, string url, uint64 effectEpoch
    );
    event ValidatorUpdated(address indexed operator, address indexed signer, string url, uint64 effectEpoch);
    event SeedRotated(address indexed operator, bytes32 seedTip, uint64 effectEpoch);
    event ValidatorRetired(address indexed operator, uint64 effectEpoch);

    /// @notice This operator is registered already; a retired one can't come back.
    error ValidatorExists(address operator);
    error UnknownValidator(address operator);
    /// @notice This validator has retired (or its retirement is pending), which is final.
    error ValidatorHasRetired(address operator);
    error ZeroSigner();
    /// @notice The signer belongs to another validator, now or formerly.
    error SignerTaken(address signer, address operator);
    error ZeroSeedTip();

    /// @notice Registers the caller as a validator.
    /// @param signer The key that signs challenges and reports.
    /// @param seedTip The end `c_n` of the seed chain: its base is the epoch before the one at which this takes effect.
    /// @param url Where the validator serves its policy and archives; 1 to 200 bytes.
    function registerValidator(address signer, bytes32 seedTip, string calldata url) external {
        Validator storage validator = _validators[msg.sender];
        if (!validator.history.isEmpty()) revert ValidatorExists(msg.sender);
        uint64 effect = _effectEpoch();
        _operators.push(msg.sender);
        _setVersion(validator, effect, signer, url);
        _setSeedTip(validator, effect, seedTip);
        _setCount(_activeCounts, Checkpoints.latest(_activeCounts) + 1);
        emit ValidatorRegistered(msg.sender, signer, seedTip, url, effect);
    }

    /// @notice Changes the caller's signer and URL.
    function updateValidator(address signer, string calldata url) external {
        Validator storage validator = _ownValidator();
        uint64 effect = _effectEpoch();
        _setVersion(validator, effect, signer, url);
        emit ValidatorUpdated(msg.sender, signer, url, effect);
    }

    /// @notice Starts a new seed chain. Reports for epochs before the effect epoch still reveal the old one.
    function rotateSeed(bytes32 newTip) external {
        Validator storage validator = _ownValidator();
        uint64 effect = _effectEpoch();
        _setSeedTip(validator, effect, newTip);
        emit SeedRotated(msg.sender, newTip, effect);
    }

    /// @notice Retires the caller, for ever. Reports for epochs before the effect epoch can still be posted.
    function retireValidator() external {
        Validator storage validator = _ownValidator();
        ValidatorVersion storage newest = validator.versions[validator.history.newestIndex()];
        (address signer, string memory url) = (newest.signer, newest.url);
        uint64 effect = _effectEpoch();
        ValidatorVersion storage version = validator.versions[validator.history.push(effect)];
        version.signer = signer;
        version.active = false;
        version.url = url;
        _setCount(_activeCounts, Checkpoints.latest(_activeCounts) - 1);
        emit ValidatorRetired(msg.sender, effect);
    }

    /// @notice A validator at an epoch; all empty and inactive when it isn't registered or not yet in effect.
    /// Final for epochs up to the current one plus 1.
    function validatorAt(address operator, uint64 epoch) public view returns (ValidatorView memory view_) {
        Validator storage validator = _validators[operator];
        view_.operator = operator;
        (bool found, uint256 index) = validator.history.find(epoch);
        if (!found) return view_;
        ValidatorVersion storage version = validator.versions[index];
        (view_.active, view_.signer, view_.url) = (version.active, version.signer, version.url);
    }

    /// @notice The number of validators active at an epoch.
    function validatorCountAt(uint64 epoch) external view returns (uint32) {
        return _countAt(_activeCounts, epoch);
    }

    /// @notice The number of operators that ever registered, those pending or retired included.
    function validatorTotal() external view returns (uint256) {
        return _operators.length;
    }

    /// @notice At most 100 validators as they are at `epoch`, in order of registration; empty beyond the end.
    function validatorsAt(uint64 epoch, uint256 from, uint256 count)
        external
        view
        returns (ValidatorView[] memory page)
    {
        uint256 end = pageEnd(from, count, _operators.length);
        page = new ValidatorView[](end - from);
        for (uint256 i = from; i < end; ++i) {
            page[i - from] = validatorAt(_operators[i], epoch);
        }
    }

    /// @notice The operator whose active validator signs with `signer` at `epoch`, or zero.
    function validatorBySigner(address signer, uint64 epoch) external view returns (address) {
        address operator = _operatorOf[signer];
        return _signerAt(operator, epoch) == signer ? operator : address(0);
    }

    /// @dev The signer of an active validator at an epoch; zero when it isn't active.
    function _signerAt(address operator, uint64 epoch) internal view returns (address) {
        Validator storage validator = _validators[operator];
        (bool found, uint256 index) = validator.history.find(epoch);
        if (!found) return address(0);
        ValidatorVersion storage version = validator.versions[index];
        return version.active ? version.signer : address(0);
    }

    /// @dev The registered chain in effect at `epoch`: the epoch before its first one, and its tip.
    function _seedTipAt(address operator, uint64 epoch)
        internal
        view
        returns (bool found, uint64 baseEpoch, bytes32 tip)
    {
        Validator storage validator = _validators[operator];
        uint256 index;
        (found, index) = validator.seedHistory.find(epoch);
        if (found) (baseEpoch, tip) = (validator.seedHistory.startOf(index) - 1, validator.seedTips[index]);
    }

    function _ownValidator() private view returns (Validator storage validator) {
        validator = _validators[msg.sender];
        if (validator.history.isEmpty()) revert UnknownValidator(msg.sender);
        if (!validator.versions[validator.history.newestIndex()].active) revert ValidatorHasRetired(msg.sender);
    }

    function _setVersion(Validator storage validator, uint64 effect, address signer, string calldata url) private {
        requireUrl(url);
        if (signer == address(0)) revert ZeroSigner();
        address taken = _operatorOf[signer];
        if (taken == address(0)) _operatorOf[signer] = msg.sender;
        else if (taken != msg.sender) revert SignerTaken(signer, taken);
        ValidatorVersion storage version = validator.versions[validator.history.push(effect)];
        version.signer = signer;
        version.active = true;
        version.url = url;
    }

    function _setSeedTip(Validator storage validator, uint64 effect, bytes32 tip) private {
        if (tip == bytes32(0)) revert ZeroSeedTip();
        validator.seedTips[validator.seedHistory.push(effect)] = tip;
    }
}
