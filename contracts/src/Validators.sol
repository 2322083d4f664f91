// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ActiveSet} from "./ActiveSet.sol";
import {EpochHistory} from "./EpochHistory.sol";
import {EpochValues} from "./EpochValues.sol";
import {pageEnd, requireUrl} from "./Limits.sol";
import {StakeGate} from "./StakeGate.sol";
import {Seat, ValidatorView} from "./Types.sol";

/// @title Who audits: operators, their signer keys, their seed chains
/// @notice An operator address is the validator's identity for ever; it acts for itself only. Whatever changes takes effect
/// two epochs later, and what is in effect is readable for every past epoch. Retirement is final.
/// A validator is active when it has a seat; without one it stays registered and may get one later.
abstract contract Validators is ActiveSet, StakeGate {
    using EpochHistory for EpochHistory.Trace;
    using EpochValues for EpochValues.Trace;

    /// @dev Packed into 192 bits: reading or changing a seat must not touch the URL.
    struct ValidatorVersion {
        address signer;
        bool active;
        uint24 urlIndex;
    }

    struct Validator {
        EpochValues.Trace versions;
        EpochHistory.Trace seedHistory;
        mapping(uint256 index => bytes32) seedTips;
        string[] urls;
        bool retired;
    }

    mapping(address operator => Validator) private _validators;
    /// @dev A signer belongs to the first operator that named it, for ever: a signature names one validator at all times.
    mapping(address signer => address operator) private _operatorOf;
    address[] private _operators;

    event ValidatorRegistered(
        address indexed operator, address indexed signer, bytes32 seedTip, string url, uint64 effectEpoch
    );
    event ValidatorUpdated(address indexed operator, address indexed signer, string url, uint64 effectEpoch);
    event SeedRotated(address indexed operator, bytes32 seedTip, uint64 effectEpoch);
    event ValidatorRetired(address indexed operator, uint64 effectEpoch);
    event SeatTaken(address indexed operator, uint64 effectEpoch);
    event SeatLost(address indexed operator, uint64 effectEpoch);

    /// @notice This operator is registered already; a retired one can't come back.
    error ValidatorExists(address operator);
    error UnknownValidator(address operator);
    /// @notice This validator has retired (or its retirement is pending), which is final.
    error ValidatorHasRetired(address operator);
    error ZeroSigner();
    /// @notice The signer belongs to another validator, now or formerly.
    error SignerTaken(address signer, address operator);
    error ZeroSeedTip();

    /// @notice Registers the caller as a validator. It gets a seat if one is free, or if it has more stake than a seated one.
    /// @param signer The key that signs challenges and reports.
    /// @param seedTip The end `c_n` of the seed chain: its base is the epoch before the one at which this takes effect.
    /// @param url Where the validator serves its policy and archives; 1 to 200 bytes.
    function registerValidator(address signer, bytes32 seedTip, string calldata url) external {
        Validator storage validator = _validators[msg.sender];
        if (_isKnown(validator)) revert ValidatorExists(msg.sender);
        _requireStake(0, STAKES.VALIDATOR_MIN());
        uint64 effect = _effectEpoch();
        _operators.push(msg.sender);
        _setSeedTip(validator, effect, seedTip);
        emit ValidatorRegistered(msg.sender, signer, seedTip, url, effect);
        _setVersion(validator, effect, signer, url);
    }

    /// @notice Changes the caller's signer and URL.
    function updateValidator(address signer, string calldata url) external {
        Validator storage validator = _ownValidator();
        uint64 effect = _effectEpoch();
        emit ValidatorUpdated(msg.sender, signer, url, effect);
        _setVersion(validator, effect, signer, url);
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
        uint64 effect = _effectEpoch();
        validator.retired = true;
        emit ValidatorRetired(msg.sender, effect);
        _seat(msg.sender, effect, _unpack(validator.versions.latest()));
    }

    /// @notice Deals the seat of a validator anew, by what it has bonded now. Anybody may call it; it does nothing for an
    /// operator that is no validator, and never reverts.
    function stakeChanged(address operator) external {
        Validator storage validator = _validators[operator];
        if (_isKnown(validator)) _seat(operator, _effectEpoch(), _unpack(validator.versions.latest()));
    }

    /// @notice A validator at an epoch; all empty and inactive when it isn't registered or not yet in effect.
    /// Final for epochs up to the current one plus 1.
    function validatorAt(address operator, uint64 epoch) public view returns (ValidatorView memory view_) {
        Validator storage validator = _validators[operator];
        view_.operator = operator;
        ValidatorVersion memory version = _unpack(validator.versions.at(epoch));
        if (version.signer == address(0)) return view_;
        (view_.active, view_.signer, view_.url) = (version.active, version.signer, validator.urls[version.urlIndex]);
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

    /// @notice The seats at an epoch in order: bit i of a consensus root's bitmap is seat i. Final for epochs up to the current
    /// one plus 1.
    function activeSetAt(uint64 epoch) external view returns (Seat[] memory seats) {
        SetVersion storage version = _setAt(epoch);
        uint256[] memory words = _wordsOf(version);
        uint256 cap = version.cap;
        seats = new Seat[](words.length);
        for (uint256 i = 0; i < words.length; ++i) {
            address signer = _signerOf(words[i]);
            // a stake is the word's upper 96 bits, and no weight is above it
            seats[i] = Seat(_operatorOf[signer], signer, uint96(words[i] >> 160), uint96(_weightOf(words[i], cap)));
        }
    }

    /// @notice The operator whose active validator signs with `signer` at `epoch`, or zero.
    function validatorBySigner(address signer, uint64 epoch) external view returns (address) {
        address operator = _operatorOf[signer];
        return signerAt(operator, epoch) == signer ? operator : address(0);
    }

    /// @notice The signer of a validator that is active at `epoch`; zero otherwise.
    function signerAt(address operator, uint64 epoch) public view returns (address) {
        ValidatorVersion memory version = _unpack(_validators[operator].versions.at(epoch));
        return version.active ? version.signer : address(0);
    }

    /// @notice The seed chain registered for `epoch`: the epoch before its first one, and its tip. From the newer of this and
    /// the validator's report before `epoch` the seed of `epoch` must chain.
    /// @param validator The operator.
    function seedTipAt(address validator, uint64 epoch)
        public
        view
        returns (bool found, uint64 baseEpoch, bytes32 tip)
    {
        Validator storage entry = _validators[validator];
        uint256 index;
        (found, index) = entry.seedHistory.find(epoch);
        if (found) (baseEpoch, tip) = (entry.seedHistory.startOf(index) - 1, entry.seedTips[index]);
    }

    /// @dev As `seedTipAt`, for an epoch at which there is a chain; or what was revealed last, when that is newer.
    function _seedBase(address operator, uint64 epoch, uint64 lastEpoch, bytes32 lastSeed)
        internal
        view
        returns (uint64, bytes32)
    {
        EpochHistory.Trace storage history = _validators[operator].seedHistory;
        (, uint256 index) = history.find(epoch);
        uint64 baseEpoch = history.startOf(index) - 1;
        return lastEpoch > baseEpoch ? (lastEpoch, lastSeed) : (baseEpoch, _validators[operator].seedTips[index]);
    }

    function _ownValidator() private view returns (Validator storage validator) {
        validator = _validators[msg.sender];
        if (!_isKnown(validator)) revert UnknownValidator(msg.sender);
        if (validator.retired) revert ValidatorHasRetired(msg.sender);
    }

    function _isKnown(Validator storage validator) private view returns (bool) {
        return validator.versions.latest() != 0; // no signer is zero
    }

    function _pack(ValidatorVersion memory version) private pure returns (uint192) {
        return uint192(version.urlIndex) << 168 | uint192(version.active ? 1 : 0) << 160 | uint160(version.signer);
    }

    function _unpack(uint192 packed) private pure returns (ValidatorVersion memory) {
        return ValidatorVersion(address(uint160(packed)), packed >> 160 & 1 == 1, uint24(packed >> 168));
    }

    function _setVersion(Validator storage validator, uint64 effect, address signer, string calldata url) private {
        requireUrl(url);
        if (signer == address(0)) revert ZeroSigner();
        address taken = _operatorOf[signer];
        if (taken == address(0)) _operatorOf[signer] = msg.sender;
        else if (taken != msg.sender) revert SignerTaken(signer, taken);
        validator.urls.push(url);
        _seat(msg.sender, effect, ValidatorVersion(signer, false, SafeCast.toUint24(validator.urls.length - 1)));
    }

    /// @dev Deals the validator's seat by its stake of now, and writes its version when that differs from the newest one.
    function _seat(address operator, uint64 effect, ValidatorVersion memory wanted) private {
        EpochValues.Trace storage versions = _validators[operator].versions;
        ValidatorVersion memory held = _unpack(versions.latest());
        (bool seated, address evicted) = _deal(effect, held.signer, wanted.signer, _countedStake(operator));
        wanted.active = seated;
        uint192 packed = _pack(wanted);
        if (packed != versions.latest()) versions.set(effect, packed);
        if (seated && !held.active) emit SeatTaken(operator, effect);
        if (held.active && !seated) emit SeatLost(operator, effect);
        if (evicted != address(0)) _evict(_operatorOf[evicted], effect);
    }

    function _evict(address operator, uint64 effect) private {
        EpochValues.Trace storage versions = _validators[operator].versions;
        ValidatorVersion memory version = _unpack(versions.latest());
        version.active = false;
        versions.set(effect, _pack(version));
        emit SeatLost(operator, effect);
    }

    /// @dev What the operator has bonded; zero when that entitles to no seat.
    function _countedStake(address operator) private view returns (uint256 stake) {
        if (_validators[operator].retired) return 0;
        stake = STAKES.bonded(operator, 0);
        if (stake < STAKES.VALIDATOR_MIN()) return 0;
    }

    function _setSeedTip(Validator storage validator, uint64 effect, bytes32 tip) private {
        if (tip == bytes32(0)) revert ZeroSeedTip();
        validator.seedTips[validator.seedHistory.push(effect)] = tip;
    }
}
