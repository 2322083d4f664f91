// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {SEED_GAP_MAX} from "./Limits.sol";
import {Nodes} from "./Nodes.sol";
import {Policies} from "./Policies.sol";
import {verifyLeaf} from "./Proofs.sol";
import {EpochReport, ReportView, StoredReport, Summary} from "./Types.sol";
import {Validators} from "./Validators.sol";

/// @title What was found: one report a validator and epoch, for ever
/// @notice A report is written once and never again: no function changes or deletes one, whoever calls. The only authority
/// over a result is the signature of the validator's own key at that epoch.
abstract contract Reports is Validators, Nodes, Policies {
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "EpochReport(uint64 epoch,address validator,bytes32 auditRoot,bytes32 summaryRoot,uint32 due,uint32 done,bytes32 seed,uint64 beaconRound,uint32 nodeCount,bytes32 policyHash,bytes32 previous,bytes32 archiveHash)"
    );

    struct Last {
        uint64 epoch;
        bytes32 seed;
    }

    mapping(address validator => mapping(uint64 epoch => StoredReport)) private _reports;
    mapping(address validator => Last) private _last;

    /// @notice Carries the whole report: nothing else is needed to check its signature and hash.
    event ReportPosted(
        address indexed validator, uint64 indexed epoch, bytes32 reportHash, EpochReport report, bytes signature
    );

    /// @notice This very report is posted already: whoever sends it again has succeeded.
    error AlreadyReported(address validator, uint64 epoch);
    /// @notice Another report by this validator stands for this epoch.
    error OtherReportStands(address validator, uint64 epoch, bytes32 reportHash);
    /// @notice The validator has reported a later epoch; epochs only rise.
    error EpochSkipped(uint64 epoch, uint64 lastEpoch);
    error EpochNotOver(uint64 epoch, uint256 endsAt);
    /// @notice The time to report about this epoch ended at `deadline` (Unix time in seconds).
    error ReportTooLate(uint64 epoch, uint256 deadline);
    error ValidatorNotActive(address validator, uint64 epoch);
    /// @notice Recovered is zero when the signature isn't 65 well-formed bytes with low s.
    error WrongSigner(address expected, address recovered);
    error WrongPolicy(bytes32 expected, bytes32 given);
    error WrongPrevious(bytes32 expected, bytes32 given);
    error WrongNodeCount(uint32 expected, uint32 given);
    error DoneExceedsDue(uint32 done, uint32 due);
    /// @notice More than 4096 epochs since the chain's base: rotate the seed.
    error SeedGapTooLong(uint64 baseEpoch, uint64 epoch);
    /// @notice The seed doesn't hash to the one revealed (or registered) at `baseEpoch`.
    error WrongSeed(uint64 baseEpoch, bytes32 base);

    /// @notice Posts a validator's report about an epoch that is over. Anybody may send it.
    /// @param signature 65 bytes r ‖ s ‖ v by the validator's signer at that epoch, over the report's EIP-712 digest.
    function postReport(EpochReport calldata report, bytes calldata signature) external {
        (address validator, uint64 epoch) = (report.validator, report.epoch);
        bytes32 reportHash = hashReport(report);
        Last memory last = _last[validator];
        if (last.epoch != 0 && epoch <= last.epoch) _refuseRepeat(validator, epoch, last.epoch, reportHash);
        _checkFacts(report, last.epoch);
        _checkSignature(validator, epoch, reportHash, signature);
        _checkSeed(report, last);

        _reports[validator][epoch] = StoredReport({
            reportHash: reportHash,
            blockNumber: uint64(block.number),
            timestamp: uint64(block.timestamp),
            previousEpoch: last.epoch,
            due: report.due,
            done: report.done
        });
        _last[validator] = Last(epoch, report.seed);
        emit ReportPosted(validator, epoch, reportHash, report, signature);
    }

    /// @notice What is stored of a report; all zero, `posted` false, when there is none.
    function reportOf(address validator, uint64 epoch) external view returns (ReportView memory) {
        StoredReport storage stored = _reports[validator][epoch];
        return ReportView({
            posted: stored.reportHash != bytes32(0),
            reportHash: stored.reportHash,
            due: stored.due,
            done: stored.done,
            previousEpoch: stored.previousEpoch,
            blockNumber: stored.blockNumber,
            timestamp: stored.timestamp
        });
    }

    /// @notice Struct hash of the posted report; zero when there is none.
    function reportHashOf(address validator, uint64 epoch) external view returns (bytes32) {
        return _reports[validator][epoch].reportHash;
    }

    /// @notice The newest report of a validator; all zero when there is none.
    function lastReport(address validator) external view returns (uint64 epoch, bytes32 seed, bytes32 reportHash) {
        Last storage last = _last[validator];
        return (last.epoch, last.seed, _reports[validator][last.epoch].reportHash);
    }

    /// @notice Whether an audit record is in this report, and the report is the posted one. Its roots are not stored, so the
    /// caller brings the whole report: `ReportPosted` carries it.
    function verifyAudit(
        EpochReport calldata report,
        uint32 slot,
        uint32 draw,
        bytes32 recordHash,
        bytes32[] calldata proof
    ) external view returns (bool) {
        bytes32 valuesHash = keccak256(abi.encode(report.epoch, report.validator, slot, draw, recordHash));
        return _isPosted(report) && verifyLeaf(report.auditRoot, valuesHash, proof);
    }

    /// @notice Whether a node's summary is in this report, and the report is the posted one.
    function verifySummary(EpochReport calldata report, Summary calldata summary, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        // all fields are static, so encoding the struct equals encoding its fields one by one
        bytes32 valuesHash = keccak256(abi.encode(report.epoch, report.validator, summary));
        return _isPosted(report) && verifyLeaf(report.summaryRoot, valuesHash, proof);
    }

    /// @notice The EIP-712 struct hash of a report.
    function hashReport(EpochReport calldata report) public pure returns (bytes32) {
        return keccak256(abi.encode(REPORT_TYPEHASH, report));
    }

    function _isPosted(EpochReport calldata report) private view returns (bool) {
        return _reports[report.validator][report.epoch].reportHash == hashReport(report);
    }

    function _refuseRepeat(address validator, uint64 epoch, uint64 last, bytes32 reportHash) private view {
        bytes32 stored = _reports[validator][epoch].reportHash;
        if (stored == reportHash) revert AlreadyReported(validator, epoch);
        if (stored != bytes32(0)) revert OtherReportStands(validator, epoch, stored);
        revert EpochSkipped(epoch, last);
    }

    function _checkFacts(EpochReport calldata report, uint64 last) private view {
        uint64 epoch = report.epoch;
        uint256 endsAt = _epochEnd(epoch);
        if (block.timestamp < endsAt) revert EpochNotOver(epoch, endsAt);
        uint256 deadline = _reportDeadline(epoch);
        if (block.timestamp >= deadline) revert ReportTooLate(epoch, deadline);
        bytes32 policyHash = policyAt(epoch);
        if (report.policyHash != policyHash) revert WrongPolicy(policyHash, report.policyHash);
        bytes32 previous = _reports[report.validator][last].reportHash;
        if (report.previous != previous) revert WrongPrevious(previous, report.previous);
        uint32 nodeCount = nodeCountAt(epoch);
        if (report.nodeCount != nodeCount) revert WrongNodeCount(nodeCount, report.nodeCount);
        if (report.done > report.due) revert DoneExceedsDue(report.done, report.due);
    }

    function _checkSignature(address validator, uint64 epoch, bytes32 reportHash, bytes calldata signature)
        private
        view
    {
        address signer = signerAt(validator, epoch);
        if (signer == address(0)) revert ValidatorNotActive(validator, epoch);
        (address recovered,,) = ECDSA.tryRecoverCalldata(_hashTypedDataV4(reportHash), signature);
        if (recovered != signer) revert WrongSigner(signer, recovered);
    }

    /// @dev The base is the newer of the chain registered for the epoch and the report before. An active validator has a chain.
    function _checkSeed(EpochReport calldata report, Last memory last) private view {
        uint64 epoch = report.epoch;
        (uint64 baseEpoch, bytes32 base) = _seedBase(report.validator, epoch, last.epoch, last.seed);
        if (epoch - baseEpoch > SEED_GAP_MAX) revert SeedGapTooLong(baseEpoch, epoch);
        if (_hashTimes(report.seed, epoch - baseEpoch) != base) revert WrongSeed(baseEpoch, base);
    }

    /// @dev In scratch space: 4096 hashes must not cost 4096 allocations.
    function _hashTimes(bytes32 value, uint256 times) private pure returns (bytes32) {
        for (uint256 i = 0; i < times; ++i) {
            assembly ("memory-safe") {
                mstore(0, value)
                value := keccak256(0, 32)
            }
        }
        return value;
    }
}
